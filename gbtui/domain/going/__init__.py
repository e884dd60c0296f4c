"""Going anywhere: from an id, a name, an address or a part of one to the thing that is meant."""
