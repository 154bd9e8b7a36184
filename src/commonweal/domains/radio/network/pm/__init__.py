"""Performance files of the network (TS 32.435, TS 28.532) on their way into the lake."""
