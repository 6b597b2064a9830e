package inventory

// Written returns the setting of a key that the user has under [zoo_cfg] or under
// [zoo_cfg_unchecked], and reports whether there is one. No key may stand under both.
func (in *Instance) Written(key string) (Setting, bool) {
	if s, ok := in.ZooCfg.Setting(key); ok {
		return s, true
	}
	return in.ZooCfgUnchecked.Setting(key)
}

// Setting returns the setting of key and reports whether there is one.
func (s Settings) Setting(key string) (Setting, bool) {
	for _, x := range s {
		if x.Key == key {
			return x, true
		}
	}
	return Setting{}, false
}
