"""The engine "patch": pieces of the style, found and laid over the content from coarse to fine; no network at all.

After Kwatra et al. (2005) and Elad & Milanfar (2016, arXiv:1609.03057): every patch of the picture is replaced by the
most similar one of the style, overlaps are averaged robustly, the content pulls at its edges, colours are transported.
"""
