// The native module: each kernel file offers its functions through one bind_ function.
#include <nanobind/nanobind.h>

namespace asterism {
void bind_affinity(nanobind::module_& m);
void bind_communities(nanobind::module_& m);
void bind_cpu(nanobind::module_& m);
void bind_neighbors_descent(nanobind::module_& m);
void bind_neighbors_exact(nanobind::module_& m);
void bind_neighbors_map(nanobind::module_& m);
void bind_neighbors_rows(nanobind::module_& m);
void bind_pca(nanobind::module_& m);
void bind_pooling(nanobind::module_& m);
void bind_spacing(nanobind::module_& m);
void bind_tsne(nanobind::module_& m);
void bind_umap(nanobind::module_& m);
void bind_wordpiece(nanobind::module_& m);
}  // namespace asterism

NB_MODULE(_native, m) {
    m.doc() = "Loops of Asterism that need a compiler.";
    asterism::bind_affinity(m);
    asterism::bind_communities(m);
    asterism::bind_cpu(m);
    asterism::bind_neighbors_descent(m);
    asterism::bind_neighbors_exact(m);
    asterism::bind_neighbors_map(m);
    asterism::bind_neighbors_rows(m);
    asterism::bind_pca(m);
    asterism::bind_pooling(m);
    asterism::bind_spacing(m);
    asterism::bind_tsne(m);
    asterism::bind_umap(m);
    asterism::bind_wordpiece(m);
}
