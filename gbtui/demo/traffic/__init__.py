"""Live traffic for the demo: people and bots talk, and things go wrong as they do in life.

`plan` decides what happens and when (pure, from a seed); `drive` makes it happen over connections of its own;
`process` runs that beside the console, so that the console's CPU is not the traffic's.
"""
