"""What all pages share in their looks: type size, theme and charts."""
