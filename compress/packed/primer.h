// The text that the text model of a packed file is trained on before the header: typical headers. It is part
// of the format: changing one letter makes older files unreadable, so a change needs a new version.
#pragma once

#include <string_view>

namespace pare {

inline constexpr std::string_view kHeaderPrimer =
    R"({"data":"cifar-10","classes":["airplane","automobile","bird","cat","deer","dog","frog","horse","ship","truck"],)"
    R"("mean":[0.4914,0.4822,0.4465],"deviation":[0.247,0.2435,0.2616],"input":[32,32,3],)"
    R"("network":[{"layer":"conv2d","channels":16,"kernel":3,"padding":1,"bias":false},{"layer":"batch_norm"},)"
    R"({"layer":"relu"},{"layer":"residual","body":[{"layer":"conv2d","channels":32,"stride":2,"padding":1,"bias":false},)"
    R"({"layer":"batch_norm"}],"shortcut":[{"layer":"conv2d","channels":64,"kernel":1,"stride":2}]},)"
    R"({"layer":"global_average_pool"},{"layer":"average_pool","size":4},{"layer":"dropout","rate":0.5},)"
    R"({"layer":"linear","features":10}],"was":[16,32,64,128,256,512,10]})"
    R"({"data":"fashion-mnist","classes":["T-shirt/top","Trouser","Pullover","Dress","Coat","Sandal","Shirt","Sneaker",)"
    R"("Bag","Ankle boot"],"mean":[0.286],"deviation":[0.353],"input":[28,28,1],)"
    R"("network":[{"layer":"flatten"},{"layer":"linear","features":300},{"layer":"relu"},{"layer":"linear","features":100},)"
    R"({"layer":"relu"},{"layer":"linear","features":10}],"was":[300,100,10]})"
    R"({"data":"mnist","classes":["0","1","2","3","4","5","6","7","8","9"],"mean":[0.1307],"deviation":[0.3081],"input":[28,28,1],)"
    R"("network":[{"layer":"conv2d","channels":20,"kernel":5},{"layer":"max_pool"},{"layer":"relu"},)"
    R"({"layer":"conv2d","channels":50,"kernel":5},{"layer":"max_pool"},{"layer":"relu"},{"layer":"flatten"},)"
    R"({"layer":"linear","features":500},{"layer":"relu"},{"layer":"linear","features":10}],"was":[20,50,500,10]})";

}  // namespace pare
