"""The console: the app, its keys, themes and widgets. Only this package and `screens` draw."""
