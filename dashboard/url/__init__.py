"""The address of a page: reading and writing it, Back and Forward, and reports of errors in links."""
