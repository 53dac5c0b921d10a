"""Films of what a model learned: its epochs one after another, beside their curves, and walks through its latents."""
