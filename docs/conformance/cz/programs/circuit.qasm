// distq: {"layout":{"births":{"2":[1],"0":[0]},"entry":[1,0],"final":[null,null],"output":[null,null]}}
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
bit[2] c;
bit[2] qpu0_outcome;
bit[2] qpu1_outcome;
qubit[1] qpu0_data;
qubit[1] qpu0_memory;
qubit[1] qpu1_data;
qubit[1] qpu1_memory;
U(pi/2, -pi/2, pi) qpu1_data[0];
epr qpu0_memory[0], qpu1_memory[0];
cx qpu0_data[0], qpu0_memory[0];
qpu0_outcome[1] = measure qpu0_memory[0];
if (qpu0_outcome[1]) {
  x qpu1_memory[0];
}
reset qpu0_memory[0];
rzz(-pi/2) qpu1_memory[0], qpu1_data[0];
h qpu1_memory[0];
qpu1_outcome[1] = measure qpu1_memory[0];
if (qpu1_outcome[1]) {
  z qpu0_data[0];
}
reset qpu1_memory[0];
U(pi, pi, 0) qpu0_data[0];
c[0] = measure qpu0_data[0];
reset qpu0_data[0];
U(pi/2, 0, pi) qpu1_data[0];
c[1] = measure qpu1_data[0];
reset qpu1_data[0];
