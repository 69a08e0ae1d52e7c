"""The storm worker: classify's second process. It follows every brand's signals and says when its state changes."""
