private import X509
private import Configuration
private import Yams
@main enum Main { static func main() { print("relay") } }
