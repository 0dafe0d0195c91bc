// program of node 1, qpu1; nodes: 0 qpu0, 1 qpu1
OPENQASM 3.0;
include "stdgates.inc";
extern request_pair(int, int, int);  // tag, the other node, ion
extern send_bit(int, int, bit);  // tag, the node that receives it, bit
extern receive_bit(int, int) -> bit;  // tag, the node that sends it
gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }
qubit[1] qpu1_data;
qubit[1] qpu1_memory;
bit[2] c = "00";
bit[2] qpu1_outcome = "00";
bit[1] inbox = "0";
U(1.5707963267948966, -1.5707963267948963, 3.141592653589793) qpu1_data[0];
request_pair(0, 0, 1);  // qpu1_memory[0]
inbox[0] = receive_bit(0, 0);
if (inbox[0] == 1) {
  x qpu1_memory[0];
}
rzz(-1.5707963267948966) qpu1_memory[0], qpu1_data[0];
h qpu1_memory[0];
qpu1_outcome[1] = measure qpu1_memory[0];
send_bit(1, 0, qpu1_outcome[1]);
reset qpu1_memory[0];
U(1.5707963267948966, 0.0, 3.141592653589793) qpu1_data[0];
c[1] = measure qpu1_data[0];
reset qpu1_data[0];
