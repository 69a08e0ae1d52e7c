"""A stand-in for blogs that are read by their feeds: good ones, odd ones and hostile ones."""
