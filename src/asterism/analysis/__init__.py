"""Questions to a latent space, asked of arrays."""
