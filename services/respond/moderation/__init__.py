"""Acts on other people's items: remembered, done at the network, told. Answers are elsewhere."""
