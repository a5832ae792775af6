"""Camera and QR reader, in a child process without rights."""
