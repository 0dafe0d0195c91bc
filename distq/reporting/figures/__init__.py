"""Pictures: each module takes values and returns the content of a PNG, SVG or PDF file.

Open ``style`` first: fonts, metadata and the colours of QPUs are decided there.
"""
