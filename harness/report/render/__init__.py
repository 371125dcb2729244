"""The renderers: page, Markdown, JUnit and the rest."""
