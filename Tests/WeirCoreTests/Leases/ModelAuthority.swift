/// A store's one key, as far as the histories of `Tests/Model/histories.py` know it.
protocol ModelAuthority {
    mutating func answer(_ call: ModelCall) -> ModelAnswer
}
