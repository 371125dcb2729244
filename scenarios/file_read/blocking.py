"""open() and read() inside `async def`: the loop stands still while the kernel copies."""

from scenarios.file_read.shared import Page, create_app, page

app = create_app()


@app.get("/files/{number}")
async def read(number: int) -> Page:
    with open(app.state.file, "rb") as file:
        content = file.read()
    return page(number, content)
