#include "framework/data/catalogue.h"

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <span>

#include "framework/base/error.h"
#include "framework/base/rng.h"
#include "framework/config/suggest.h"
#include "framework/data/formats/cifar.h"
#include "framework/data/formats/idx.h"

namespace pare {
namespace {

using Strings = std::vector<std::string>;

struct Row {
  std::string name;
  Strings class_names;
  int side, channels;  // of its images
  ImageSet (*read)(std::span<const std::string> files, int classes);
  Strings train_files, test_files;
  std::string how_to_get;
};

ImageSet read_idx_pair(std::span<const std::string> files, int classes) {
  return read_idx(files[0], files[1], classes);
}
ImageSet read_idx_pair_from_1(std::span<const std::string> files, int classes) {
  return read_idx(files[0], files[1], classes, 1);
}

const Strings kIdxTrain = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
const Strings kIdxTest = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

const std::vector<Row>& catalogue() {
  static const std::vector<Row> kRows = {
      {"mnist",
       {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
       28,
       1,
       read_idx_pair,
       kIdxTrain,
       kIdxTest,
       "put the four *-ubyte.gz files of MNIST into data/mnist"},
      {"fashion-mnist",
       {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
        "Ankle boot"},
       28,
       1,
       read_idx_pair,
       kIdxTrain,
       kIdxTest,
       "apt install dataset-fashion-mnist"},
      {"emnist-letters",
       {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M",
        "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z"},
       28,
       1,
       read_idx_pair_from_1,
       {"emnist-letters-train-images-idx3-ubyte", "emnist-letters-train-labels-idx1-ubyte"},
       {"emnist-letters-test-images-idx3-ubyte", "emnist-letters-test-labels-idx1-ubyte"},
       "unpack EMNIST's gzip.zip (www.nist.gov/itl/products-and-services/emnist-dataset) and put its four "
       "emnist-letters-*-ubyte.gz files into data/emnist-letters"},
      {"cifar-10",
       {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
       32,
       3,
       read_cifar10,
       {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
       {"test_batch.bin"},
       "unpack the binary version (www.cs.toronto.edu/~kriz/cifar.html) and put its .bin files into "
       "data/cifar-10"},
      {"cifar-100",
       {"apple",       "aquarium fish", "baby",      "bear",       "beaver",       "bed",
        "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
        "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
        "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
        "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
        "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
        "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn mower",
        "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple tree",
        "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak tree",     "orange",
        "orchid",      "otter",         "palm tree", "pear",       "pickup truck", "pine tree",
        "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
        "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
        "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
        "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet pepper",
        "table",       "tank",          "telephone", "television", "tiger",        "tractor",
        "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
        "willow tree", "wolf",          "woman",     "worm"},
       32,
       3,
       read_cifar100,
       {"train.bin"},
       {"test.bin"},
       "unpack the binary version (www.cs.toronto.edu/~kriz/cifar.html) and put its train.bin and test.bin "
       "into data/cifar-100"},
  };
  return kRows;
}

const Row& row_of(const std::string& name) {
  for (const Row& row : catalogue())
    if (row.name == name) return row;
  fail(Failure::Usage, "unknown data set '", name, "'; known: ", comma_list(dataset_names()));
}

// A directory that is named is the only one.
Strings places(const std::string& directory) {
  if (!directory.empty()) return {directory};
  Strings list;
  if (const char* from_environment = std::getenv("PARE_DATA"); from_environment && *from_environment)
    list.emplace_back(from_environment);
  list.insert(list.end(), {"data", "/usr/share/datasets"});
  return list;
}

// A file name as other programs that pack, unpack and rename leave it, too: letters and digits.
std::string bare(const std::string& file) {
  std::string letters;
  for (const char c : file)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return letters.ends_with("gz") ? letters.substr(0, letters.size() - 2) : letters;
}

// ", but FILE, which has to be renamed" when there is one that may be meant.
std::string similar(const std::filesystem::path& folder, const std::string& file) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (const std::string name = at->path().filename().string(); bare(name) == bare(file))
      return ", but " + name + ", which has to be renamed";
  return "";
}

// Turns file names into paths under `folder`. When one is missing, returns false and says so in `missing`.
bool locate(const std::filesystem::path& folder, Strings& files, std::string& missing) {
  for (std::string& file : files) {
    const std::string plain = (folder / file).string(), gzipped = plain + ".gz";
    std::error_code ignored;
    if (std::filesystem::is_regular_file(plain, ignored)) {
      file = plain;
    } else if (std::filesystem::is_regular_file(gzipped, ignored)) {
      file = gzipped;
    } else {
      missing = std::filesystem::is_directory(folder, ignored) ? "no " + file + similar(folder, file)
                                                               : "no such directory";
      return false;
    }
  }
  return true;
}

Spec spec_of(const Row& row, const InputShape& input) { return {row.name, row.class_names, {}, input}; }

ImageSet noise(const Row& row, int count) {
  ImageSet images{row.side, row.side, row.channels, {}, {}};
  Rng rng(1, "synthetic/" + row.name);
  images.pixels.resize(count * images.input().bytes());
  images.labels.resize(count);
  for (uint8_t& pixel : images.pixels) pixel = static_cast<uint8_t>(rng.below(256));
  for (uint8_t& label : images.labels)
    label = static_cast<uint8_t>(rng.below(static_cast<uint32_t>(row.class_names.size())));
  return images;
}

}  // namespace

std::vector<std::string> dataset_names() {
  Strings names;
  for (const Row& row : catalogue()) names.push_back(row.name);
  return names;
}

Dataset load_dataset(const std::string& name, const std::string& directory, Part part) {
  const Row& row = row_of(name);
  const int classes = static_cast<int>(row.class_names.size());
  // Going on to the next place would hide a mistyped path.
  require(directory.empty() || std::filesystem::is_directory(directory), Failure::Data, "data directory '",
          directory, "' does not exist");
  Strings looked;
  for (const std::string& place : places(directory)) {
    const std::filesystem::path folder = std::filesystem::path(place) / name;
    Strings train = part == Part::All ? row.train_files : Strings{}, test = row.test_files;
    std::string missing;
    if (!locate(folder, train, missing) || !locate(folder, test, missing)) {
      looked.push_back(folder.string() + " (" + missing + ")");
      // One that is there is meant: going on to another place would train on other images.
      if (std::filesystem::is_directory(folder)) break;
      continue;
    }
    const auto tested = std::make_shared<ImageSet>(row.read(test, classes));
    Dataset set{spec_of(row, tested->input()), nullptr, tested, folder.string()};
    if (part == Part::TestOnly) return set;
    const auto trained = std::make_shared<ImageSet>(row.read(train, classes));
    require(trained->input() == tested->input(), Failure::Data, folder.string(), ": training images are ",
            trained->height, "x", trained->width, ", test images ", tested->height, "x", tested->width);
    set.train = trained;
    return set;
  }
  fail(Failure::Data, "data set '", name, "' not found; looked in ", comma_list(looked),
       "; to get it: ", row.how_to_get);
}

Dataset synthetic_dataset(const std::string& name, int count) {
  const Row& row = row_of(name);
  const auto train = std::make_shared<ImageSet>(noise(row, count));
  return {spec_of(row, train->input()), train, std::make_shared<ImageSet>(noise(row, 1)), "random numbers"};
}

}  // namespace pare
