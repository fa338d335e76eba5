"""The whole server over real sockets, in one process: real TCP on port 0, and nothing else."""
