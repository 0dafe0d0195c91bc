// distq: {"layout":{"births":{"0":[1],"1":[0],"4":[2],"5":[3]},"entry":[1,0,2,9],"final":[null,null,null,null],"output":[null,null,null,null]}}
OPENQASM 3.0;
include "stdgates.inc";
gate rzz(p0) _gate_q_0, _gate_q_1 {
  cx _gate_q_0, _gate_q_1;
  rz(p0) _gate_q_1;
  cx _gate_q_0, _gate_q_1;
}
gate epr _gate_q_0, _gate_q_1 {
  h _gate_q_0;
  cx _gate_q_0, _gate_q_1;
}
bit[4] c;
bit[4] qpu0_outcome;
bit[4] qpu1_outcome;
qubit[3] qpu0_data;
qubit[1] qpu0_memory;
qubit[3] qpu1_data;
qubit[1] qpu1_memory;
U(pi/2, -pi/2, pi) qpu0_data[0];
rzz(-pi/2) qpu0_data[1], qpu0_data[0];
U(pi/2, -pi/2, pi) qpu1_data[0];
epr qpu0_memory[0], qpu1_memory[0];
cx qpu0_data[1], qpu0_memory[0];
qpu0_outcome[3] = measure qpu0_memory[0];
if (qpu0_outcome[3]) {
  x qpu1_memory[0];
}
reset qpu0_memory[0];
rzz(-pi/2) qpu1_memory[0], qpu1_data[0];
U(pi/2, -pi/2, pi) qpu1_data[1];
rzz(-pi/2) qpu1_memory[0], qpu1_data[1];
h qpu1_memory[0];
qpu1_outcome[3] = measure qpu1_memory[0];
if (qpu1_outcome[3]) {
  z qpu0_data[1];
}
reset qpu1_memory[0];
U(pi, pi, 0) qpu0_data[1];
c[0] = measure qpu0_data[1];
reset qpu0_data[1];
U(pi/2, 0, pi) qpu0_data[0];
c[1] = measure qpu0_data[0];
reset qpu0_data[0];
U(pi/2, 0, pi) qpu1_data[0];
c[2] = measure qpu1_data[0];
reset qpu1_data[0];
U(pi/2, 0, pi) qpu1_data[1];
c[3] = measure qpu1_data[1];
reset qpu1_data[1];
