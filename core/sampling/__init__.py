"""Pictures from trained weights, and grids of them."""
