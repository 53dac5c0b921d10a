"""Everything of Atelier that is not Streamlit: importable and testable without it."""
