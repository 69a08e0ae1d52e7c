"""What a reply promises and until when. The guideline is data/GUIDELINE.md."""
