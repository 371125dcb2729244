"""What a run is shown as: one document, written by many renderers.

`document.document` says once what may be said of a run; `charts/` and `render/` show it. All of it
is derived from the run's folder alone. This is the only package that knows matplotlib, Jinja2 and
pandas.
"""
