// program of node 2, qpu2; nodes: 0 qpu0, 1 qpu1, 2 qpu2
OPENQASM 3.0;
include "stdgates.inc";
extern request_pair(int, int, int);  // tag, the other node, ion
extern send_bit(int, int, bit);  // tag, the node that receives it, bit
extern receive_bit(int, int) -> bit;  // tag, the node that sends it
gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }
qubit[1] qpu2_data;
qubit[2] qpu2_memory;
bit[3] c = "000";
bit[3] qpu2_outcome = "000";
bit[1] inbox = "0";
U(1.5707963267948966, -1.5707963267948963, 3.141592653589793) qpu2_data[0];
request_pair(1, 1, 1);  // qpu2_memory[0]
inbox[0] = receive_bit(1, 1);
if (inbox[0] == 1) {
  x qpu2_memory[0];
}
rzz(1.5707963267948966) qpu2_memory[0], qpu2_data[0];
h qpu2_memory[0];
qpu2_outcome[1] = measure qpu2_memory[0];
send_bit(3, 0, qpu2_outcome[1]);
reset qpu2_memory[0];
U(1.5707963267948966, 0.0, 3.141592653589793) qpu2_data[0];
c[2] = measure qpu2_data[0];
reset qpu2_data[0];
