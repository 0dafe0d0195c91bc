// distq: {"layout":{"births":{"0":[0],"6":[2],"3":[1]},"entry":[0,23,1],"final":[null,null,null],"output":[null,null,null]}}
OPENQASM 3.0;
include "stdgates.inc";
gate epr _gate_q_0, _gate_q_1 {
  h _gate_q_0;
  cx _gate_q_0, _gate_q_1;
}
gate rzz(p0) _gate_q_0, _gate_q_1 {
  cx _gate_q_0, _gate_q_1;
  rz(p0) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
}
bit[3] c;
bit[3] qpu0_outcome;
bit[3] qpu1_outcome;
bit[3] qpu2_outcome;
qubit[1] qpu0_data;
qubit[2] qpu0_memory;
qubit[1] qpu1_data;
qubit[2] qpu1_memory;
qubit[1] qpu2_data;
qubit[2] qpu2_memory;
U(pi/2, -pi/2, pi) qpu0_data[0];
U(pi/2, -pi/2, pi) qpu2_data[0];
epr qpu0_memory[0], qpu1_memory[0];
cx qpu0_data[0], qpu0_memory[0];
qpu0_outcome[1] = measure qpu0_memory[0];
if (qpu0_outcome[1]) {
  x qpu1_memory[0];
}
reset qpu0_memory[0];
epr qpu1_memory[1], qpu2_memory[0];
cx qpu1_memory[0], qpu1_memory[1];
qpu1_outcome[2] = measure qpu1_memory[1];
if (qpu1_outcome[2]) {
  x qpu2_memory[0];
}
reset qpu1_memory[1];
h qpu1_memory[0];
qpu1_outcome[1] = measure qpu1_memory[0];
if (qpu1_outcome[1]) {
  z qpu0_data[0];
}
reset qpu1_memory[0];
rzz(pi/2) qpu2_memory[0], qpu2_data[0];
h qpu2_memory[0];
qpu2_outcome[1] = measure qpu2_memory[0];
if (qpu2_outcome[1]) {
  z qpu0_data[0];
}
reset qpu2_memory[0];
c[0] = measure qpu0_data[0];
reset qpu0_data[0];
c[1] = measure qpu1_data[0];
reset qpu1_data[0];
U(pi/2, 0, pi) qpu2_data[0];
c[2] = measure qpu2_data[0];
reset qpu2_data[0];
