"""Lessons: Markdown files as plain data, without Streamlit.

A lesson is read by `parse`, found by `library`, and checked by `check`; `numbers` resolves its live numbers.
"""
