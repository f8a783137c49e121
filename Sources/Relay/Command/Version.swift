/// The version of this program, as `--version`, `status` and `welcome` tell it.
enum Version {
    static let text = "0.1.0"
}
