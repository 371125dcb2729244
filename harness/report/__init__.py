"""What a run is shown as: one document, written by many renderers.

`document.document` says once what may be said of a run; `charts/` and `render/` show it. All of it
is derived from the run's folder alone. This is the only package that knows matplotlib and Jinja2.

For commands:
- `draw.draw(run, into=None, everything=False)` draws a run that was measured;
- `draw.LivePage(run)` is the page of one under way: `.path`, and `.add(scenario)` with each answer;
- `document.section(record, scenario)` and `render.terminal.answer` are its words, and import
  nothing that draws.

A scenario that was asked at several points has a section for each; `family.parts` joins them, so
that every renderer shows it once. `forest` says what the charts of families show, `opening` what
the page begins with.
"""
