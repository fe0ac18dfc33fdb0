"""python -m keras inspect FILE | convert IN OUT | doctor"""
import argparse
import sys
import warnings


def main(arguments=None):
    """Run a command; 0, or 1 after an error that was told."""
    parser = argparse.ArgumentParser("python -m keras", description="Tools beside the library.")
    commands = parser.add_subparsers(dest="command", required=True)
    inspect = commands.add_parser("inspect", help="tell what a model file holds; runs nothing")
    inspect.add_argument("file")
    convert = commands.add_parser("convert", help="write a model file in another format")
    convert.add_argument("source")
    convert.add_argument("target")
    convert.add_argument("--weights", help="weights for an architecture in JSON")
    commands.add_parser("doctor", help="tell which engines, devices and settings are here")
    given = parser.parse_args(arguments)
    try:
        if given.command == "inspect":
            from .saving.inspection import report
            print("\n".join(report(given.file)))
            return 0
        if given.command == "doctor":
            from .backend.doctor import report
            print("\n".join(report()))
            return 0
        from .saving.convert import convert as converted
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "No training configuration")
            for path in converted(given.source, given.target, given.weights):
                print(f"wrote {path}")
        return 0
    except (OSError, ValueError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
