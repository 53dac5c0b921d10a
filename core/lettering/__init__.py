"""Words drawn into pictures: fonts that come with Atelier, so that a film looks the same on every machine."""
