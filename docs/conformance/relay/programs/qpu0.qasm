// program of node 0, qpu0; nodes: 0 qpu0, 1 qpu1, 2 qpu2
OPENQASM 3.0;
include "stdgates.inc";
extern request_pair(int, int, int);  // tag, the other node, ion
extern send_bit(int, int, bit);  // tag, the node that receives it, bit
extern receive_bit(int, int) -> bit;  // tag, the node that sends it
qubit[1] qpu0_data;
qubit[2] qpu0_memory;
bit[3] c = "000";
bit[3] qpu0_outcome = "000";
bit[2] inbox = "00";
U(1.5707963267948966, -1.5707963267948963, 3.141592653589793) qpu0_data[0];
request_pair(0, 1, 1);  // qpu0_memory[0]
cx qpu0_data[0], qpu0_memory[0];
qpu0_outcome[1] = measure qpu0_memory[0];
send_bit(0, 1, qpu0_outcome[1]);
reset qpu0_memory[0];
inbox[0] = receive_bit(2, 1);
if (inbox[0] == 1) {
  z qpu0_data[0];
}
inbox[1] = receive_bit(3, 2);
if (inbox[1] == 1) {
  z qpu0_data[0];
}
c[0] = measure qpu0_data[0];
reset qpu0_data[0];
