"""Vectors and graph become points: PCA, t-SNE, UMAP; placing, aligning, quality."""
