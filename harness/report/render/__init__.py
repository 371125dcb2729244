"""The renderers: each writes the document, or what a gate found, in one format."""
