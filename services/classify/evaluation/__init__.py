"""How good the labels are: official figures with intervals, calibration, slices, speed. Trains no shipped model."""
