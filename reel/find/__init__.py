"""Finding what plans depend on: facts of assets, beats, offsets and scenes, each looked for once and kept by its content."""
