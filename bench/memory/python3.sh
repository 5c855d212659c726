# SPDX-License-Identifier: MIT
# numpy: arrays of 24 to 40 MB that live for one operation, all of them written.
# numpy asks for huge pages for them.  f2py comes with numpy of the system's own python3.
needs='/usr/bin/python3 f2py3' who=python3

prepare() {
	cat >job.py <<'END'
import numpy
total = 0.0
for i in range(200):
    n = 3000000 + i * 7919 * 104729 % 2000001
    x = numpy.full(n, 2.0)
    total += (x + 1.0)[-1]
print(total)
END
	run='exec /usr/bin/python3 job.py'
}
