"""Records on disk: appended to, resumable, versioned."""
