"""Makes of a file what phones expect of a picture, video, voice note, document or sticker: files in, files out."""
