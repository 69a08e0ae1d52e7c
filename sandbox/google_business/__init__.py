"""Google's Business Profile API as the sandbox speaks it: the reviews of a location, answers, consent."""
