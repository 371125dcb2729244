"""open() and read() inside `def`: the file is read in a thread."""

from scenarios.file_read.shared import CHUNK, Checksum, create_app, sample

app = create_app()


@app.get("/files/{start}")
def read(start: int) -> Checksum:
    value = start
    with open(app.state.file, "rb") as file:
        while chunk := file.read(CHUNK):
            value = sample(value, chunk)
    return Checksum(start=start, value=value)
