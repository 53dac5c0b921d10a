"""Everything of Atelier that is not Streamlit: importable and testable without it."""

__version__ = "0.7.0"
