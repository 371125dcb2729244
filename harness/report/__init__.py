"""What a run is shown as: charts, one page, one summary, drawn from the run's folder alone and disposable.

`harness.report.draw.draw` makes all of it. This is the only region that knows pandas and matplotlib.
"""
