private import Hummingbird
