"""What a server must survive, a test a module: see ../reliable.py."""
