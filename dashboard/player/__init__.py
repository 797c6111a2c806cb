"""The animated player: its Streamlit component, the binary format of its data, and its JavaScript."""
