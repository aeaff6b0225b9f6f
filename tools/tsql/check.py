#!/usr/bin/env python3
"""Parse T-SQL with Microsoft's own grammar (ScriptDom), offline and without a server.

Reads JSON Lines from standard input, one batch a line: {"from": "where it came from", "sql": "…"}.
Writes one line for each error, "from:line:column: number message", then how many batches it read.
Exit status: 0 no error, 1 syntax errors, 2 the parser could not be started.

ScriptDom and the .NET runtime that it needs are inside the wheel mssql-cli 1.0.0; pythonnet loads the
one into the other (requirements.txt beside this file). Syntax only: names, types and undeclared
variables are not looked at, and the grammar is the one of SQL Server 2019.
"""
import ctypes
import glob
import importlib.util
import json
import os
import pathlib
import sys

ASSEMBLY = 'Microsoft.SqlServer.TransactSql.ScriptDom'

# The runtime needs no ICU for parsing, and no debugger pipes.
os.environ.setdefault('DOTNET_SYSTEM_GLOBALIZATION_INVARIANT', '1')
os.environ.setdefault('COMPlus_EnableDiagnostics', '0')


def runtime_folder():
    found = importlib.util.find_spec('mssqlcli')
    for place in (found.submodule_search_locations if found else None) or []:
        folder = os.path.join(place, 'mssqltoolsservice', 'bin')
        if os.path.exists(os.path.join(folder, 'libcoreclr.so')):
            return os.path.abspath(folder)
    raise OSError('the wheel mssql-cli is not installed')


class CoreClr:
    """The .NET runtime of the wheel, started in this process."""

    def __init__(self, folder):
        import pythonnet

        bridge = pathlib.Path(pythonnet.__file__).parent / 'runtime' / 'Python.Runtime.dll'
        trusted = glob.glob(os.path.join(folder, '*.dll')) + [str(bridge)]
        properties = {
            'TRUSTED_PLATFORM_ASSEMBLIES': os.pathsep.join(trusted),
            'APP_PATHS': folder,
            'NATIVE_DLL_SEARCH_DIRECTORIES': folder,
            'System.Globalization.Invariant': 'true',
        }
        self.library = ctypes.CDLL(os.path.join(folder, 'libcoreclr.so'))
        self.host, self.domain = ctypes.c_void_p(), ctypes.c_uint()
        names, values = (self.texts(each) for each in (properties, properties.values()))
        self.succeed(
            self.library.coreclr_initialize(
                sys.executable.encode(), b'tsql', len(properties), names, values,
                ctypes.byref(self.host), ctypes.byref(self.domain),
            )
        )

    @staticmethod
    def texts(each):
        encoded = [text.encode() for text in each]
        return (ctypes.c_char_p * len(encoded))(*encoded)

    @staticmethod
    def succeed(code):
        if code:
            raise OSError('the .NET runtime answered 0x%x' % (code & 0xFFFFFFFF))

    def delegate(self, assembly, type_name, method):
        pointer = ctypes.c_void_p()
        self.succeed(
            self.library.coreclr_create_delegate(
                self.host, self.domain, assembly.encode(), type_name.encode(), method.encode(),
                ctypes.byref(pointer),
            )
        )
        call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)(pointer.value)

        def run(data):
            buffer = ctypes.create_string_buffer(data, max(1, len(data)))
            return call(ctypes.addressof(buffer), len(data))

        return run


def load_parser():
    import pythonnet

    clr = CoreClr(runtime_folder())

    class Assembly:
        def __init__(self, path):
            self.name = pathlib.Path(path).stem

        def get_function(self, name):
            type_name, method = name.rsplit('.', 1)
            return clr.delegate(self.name, type_name, method)

    class Runtime:
        def get_assembly(self, path):
            return Assembly(str(path))

        def shutdown(self):
            pass

        def info(self):
            return None

    pythonnet.set_runtime(Runtime())
    pythonnet.load()
    import clr as dotnet

    dotnet.AddReference(ASSEMBLY)
    from Microsoft.SqlServer.TransactSql import ScriptDom
    from System.IO import StringReader

    parser = ScriptDom.TSql150Parser(True)
    return lambda sql: parser.Parse(StringReader(sql), None)[1]


def main():
    try:
        parse = load_parser()
    except (ImportError, OSError) as error:
        print('tsql: %s' % error, file=sys.stderr)
        return 2
    batches = errors = 0
    for line in sys.stdin:
        batch = json.loads(line)
        batches += 1
        for found in parse(batch['sql']):
            errors += 1
            first = batch['sql'].strip().split('\n')[0][:100]
            place = '%s:%d:%d' % (batch['from'], found.Line, found.Column)
            print('%s: %d %s  [%s]' % (place, found.Number, found.Message.strip(), first))
    print('%d batches, %d errors' % (batches, errors))
    return 1 if errors else 0


if __name__ == '__main__':
    status = main()
    sys.stdout.flush()
    # The runtime's own shutdown has nothing to do here and may not return.
    os._exit(status)
