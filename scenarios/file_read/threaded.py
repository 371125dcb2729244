"""open() and read() inside `def`: the kernel copies in a thread."""

from scenarios.file_read.shared import Page, create_app, page

app = create_app()


@app.get("/files/{number}")
def read(number: int) -> Page:
    with open(app.state.file, "rb") as file:
        content = file.read()
    return page(number, content)
