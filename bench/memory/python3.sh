# SPDX-License-Identifier: MIT
# numpy: arrays of 24 to 40 MB that live for one operation, all of them written.
# f2py comes with numpy of the system's own python3.
needs='/usr/bin/python3 f2py3' who=python3

prepare() {
	cat >job.py <<'END'
import numpy
total = 0.0
for i in range(60):
    n = 3000000 + i * 104729 % 2000001
    x = numpy.full(n, 2.0)
    y = numpy.sqrt(x * 2.0 + 1.0) - x * 0.5
    total += y[-1] + (x - y).max()
print(total)
END
	run='exec /usr/bin/python3 job.py'
}
