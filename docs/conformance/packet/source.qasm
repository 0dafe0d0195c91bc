OPENQASM 3.0;
include "stdgates.inc";
bit[4] c;
qubit[4] q;
x q[0];
h q[1];
h q[2];
h q[3];
cz q[0], q[1];
cz q[0], q[2];
cz q[0], q[3];
h q[1];
h q[2];
h q[3];
c[0] = measure q[0];
c[1] = measure q[1];
c[2] = measure q[2];
c[3] = measure q[3];

