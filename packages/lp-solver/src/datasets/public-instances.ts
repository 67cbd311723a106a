/**
 * The public instances and their expected outcomes: the oracle of the tests on public data.
 *
 * Written by apps/lp-eval/src/write-outcomes.ts from the data's optimal_values_public.csv (two algorithms of
 * HiGHS, which agree to 1e-8 relative) and MANIFEST.tsv; do not edit. Origins of the files: netlib, the LP
 * collection of netlib.org; highs_lp and highs_mip, the test instances of HiGHS; miplib3, MIPLIB 3. Their
 * licences are mostly unclear, so they do not ship.
 */

/** An instance file and what must be said about it. */
export type PublicInstance = {
  /** Folder below `DATA/lp`. */
  readonly set: string;
  readonly file: string;
  readonly sha256: string;
  readonly status: 'optimal' | 'infeasible' | 'unbounded';
  /** The optimal objective; null if there is none. */
  readonly objective: number | null;
  /** Whether the file is a mixed-integer program, solved as its relaxation. */
  readonly relaxation: boolean;
};

/** Every public instance, in the order of the data's list. */
// prettier-ignore
export const publicInstances: readonly PublicInstance[] = [
  { set: 'netlib', file: 'afiro.mps.gz', sha256: '7bf2faf46c75b9feae51b65354d1b86914b4733a2e71e26c1efe9c817df1554e', status: 'optimal', objective: -464.753142857, relaxation: false },
  { set: 'netlib', file: 'sc50b.mps.gz', sha256: 'd1f7547f417bb7499d807d2dae8cfbe6ca4bc790a2a7cd0a9ac05a31ac4e0dbd', status: 'optimal', objective: -70, relaxation: false },
  { set: 'netlib', file: 'sc50a.mps.gz', sha256: '31d687049d391fcae5019f607251ddffd15bd0177b48da74fbb4185b32bfd1f2', status: 'optimal', objective: -64.5750770586, relaxation: false },
  { set: 'netlib', file: 'sc105.mps.gz', sha256: 'b2320addf4775365c33e110567df671b25f7a452e68ecc008d83e5dd759bc8d0', status: 'optimal', objective: -52.2020612117, relaxation: false },
  { set: 'netlib', file: 'adlittle.mps.gz', sha256: '9c9e7581b9157b13ba6985783f4ece702b478b53b813205d14c807aa6e5233c3', status: 'optimal', objective: 225494.963162, relaxation: false },
  { set: 'netlib', file: 'blend.mps.gz', sha256: '57e8b96633bcb03d7b98ca65880855ecabd3a515dfac6110aaaddd3a1876d244', status: 'optimal', objective: -30.8121498458, relaxation: false },
  { set: 'netlib', file: 'sc205.mps.gz', sha256: 'a41b5ca6df66e99504d53768bc6bc09301794c53c58f1da13b52eeb205f9e57a', status: 'optimal', objective: -52.2020612117, relaxation: false },
  { set: 'netlib', file: 'vtpbase.mps.gz', sha256: '02ac34591ab6dd9cdc63add7458a3096ddeebef1da0fb750dd54c5b917110b01', status: 'optimal', objective: 129831.462461, relaxation: false },
  { set: 'netlib', file: 'scorpion.mps.gz', sha256: 'd0a8f273757f4944803d1183b43fb0a19353a5c9217f8e31f0ba376b990df6e8', status: 'optimal', objective: 1878.12482274, relaxation: false },
  { set: 'netlib', file: 'finnis.mps.gz', sha256: '7542851bf6c542900fc4fd216155c0d8e8528cbe554ab464ad6ba0d899a81a79', status: 'optimal', objective: 172791.065596, relaxation: false },
  { set: 'netlib', file: 'gfrd-pnc.mps.gz', sha256: 'c2b869d4a21f222a3968b2b8042309cfccc699f32f4f94b7feb084612c935a5a', status: 'optimal', objective: 6902235.99955, relaxation: false },
  { set: 'netlib', file: 'scsd1.mps.gz', sha256: '6114a4838ce69cdc2a3c4398817ed240316a365a8a592b247d751bd5833e5e02', status: 'optimal', objective: 8.66666667433, relaxation: false },
  { set: 'netlib', file: 'etamacro.mps.gz', sha256: '471f47bacec1d0c351eb0a283ac827a320eaeef8be859970f7721e28158b95ec', status: 'optimal', objective: -755.715233375, relaxation: false },
  { set: 'netlib', file: 'agg.mps.gz', sha256: '996b47dffb4aee0160dd0d1261e49794f4f100622c78a71c01dbc57c448f641f', status: 'optimal', objective: -35991767.2866, relaxation: false },
  { set: 'netlib', file: 'bandm.mps.gz', sha256: '006bc57678525d02e3d975bc4eba26530f127593017f773cc85946ea9c5be45a', status: 'optimal', objective: -158.62801845, relaxation: false },
  { set: 'netlib', file: 'scfxm1.mps.gz', sha256: 'ec93a2977ff0233216b1fd85fc0b1fe38497b7862f61377a0a9532d8f7af5695', status: 'optimal', objective: 18416.7590283, relaxation: false },
  { set: 'netlib', file: 'standata.mps.gz', sha256: 'caf4fa7498d9ceb150696039853f87f683540cc0c7ffa5987ea83e5ae6ffeb4a', status: 'optimal', objective: 1257.6995, relaxation: false },
  { set: 'netlib', file: 'standgub.mps.gz', sha256: '7e7280ef0c83612ef12091331ac59e542069e143a8ede6f078419f129f47e4c1', status: 'optimal', objective: 1257.6995, relaxation: false },
  { set: 'netlib', file: 'modszk1.mps.gz', sha256: '85f487136b2d4ba8ef181a7db336387d350ef4c6e995f13ed9c0ac84b8d25e99', status: 'optimal', objective: 320.619729064, relaxation: false },
  { set: 'netlib', file: 'scrs8.mps.gz', sha256: '23bb4f6d723559d75ffb0cec901a54f61f1ecf11d5c6720475c9b03b75f4c5f2', status: 'optimal', objective: 904.296953801, relaxation: false },
  { set: 'netlib', file: 'beaconfd.mps.gz', sha256: 'b57da9b9351a586426ec1205b3b3d6cd27f6e09888389af6978fc43bd44e03f7', status: 'optimal', objective: 33592.4858072, relaxation: false },
  { set: 'netlib', file: 'shell.mps.gz', sha256: 'be8077d3356f22bc2bd9a8dbf7e647c89a6322015a1d283666a686369b8555b1', status: 'optimal', objective: 1208825346, relaxation: false },
  { set: 'netlib', file: 'standmps.mps.gz', sha256: 'd28409fd495d5cb15f3659f4c1c9a6ea6ff3162f74392271a7c3711f1792bd30', status: 'optimal', objective: 1406.0175, relaxation: false },
  { set: 'netlib', file: 'degen2.mps.gz', sha256: '47ad212b08b5c517cbe169bd6711cdc1051391bf1b30531bcf9893abae498346', status: 'optimal', objective: -1435.178, relaxation: false },
  { set: 'netlib', file: 'agg2.mps.gz', sha256: '11fd8393c05cede7e9cb23503da0923c75d416ccb8eb1c659a0451d6dc5a4181', status: 'optimal', objective: -20239252.356, relaxation: false },
  { set: 'netlib', file: 'agg3.mps.gz', sha256: '14b7e8ee5b542b606a685adfefbaa3acbe7a97166057a308f8fe0ae463f1c8ad', status: 'optimal', objective: 10312115.9351, relaxation: false },
  { set: 'netlib', file: 'scsd6.mps.gz', sha256: '35e9422ff19194300c29a15fd96bbb1d7955d788dbb79faef7f5190d840a4b41', status: 'optimal', objective: 50.5000000771, relaxation: false },
  { set: 'netlib', file: 'seba.mps.gz', sha256: '7ce8c3a415bce91d83dc455de85c1ba08a5635b90eff587a878ceb9102c31556', status: 'optimal', objective: 15711.6, relaxation: false },
  { set: 'netlib', file: 'bnl1.mps.gz', sha256: '30269766d1d3baa5ed876e3cca02e3ff19df69b504fc0f3918fc1978fb5001f1', status: 'optimal', objective: 1977.62956152, relaxation: false },
  { set: 'netlib', file: 'pilot4.mps.gz', sha256: '6d7edf91a97f01f97b86b8e5508f0a3136c94fdcec448a608c11c7471ef0afe1', status: 'optimal', objective: -2581.13925888, relaxation: false },
  { set: 'netlib', file: 'scfxm2.mps.gz', sha256: '5d0c6fff211c301c8675d78acc22b97957a06c881661f85b2e6b03166c3d2bf6', status: 'optimal', objective: 36660.261565, relaxation: false },
  { set: 'netlib', file: 'perold.mps.gz', sha256: '62614b576ef436e499231307e54d54d9703e4ea374caef85087d8bd4b2c6e9af', status: 'optimal', objective: -9380.75527824, relaxation: false },
  { set: 'netlib', file: 'sierra.mps.gz', sha256: '287fb50a0b278624bed713d6b47a4c3820d52ccd7c0eae7766d67193d05c41b5', status: 'optimal', objective: 15394362.1836, relaxation: false },
  { set: 'netlib', file: 'scfxm3.mps.gz', sha256: '84433e044796dc8b478892a8dd023b381f6a371177f2c49e5b6373bee711977f', status: 'optimal', objective: 54901.2545498, relaxation: false },
  { set: 'netlib', file: 'scsd8.mps.gz', sha256: '1f9baa126ba873046b156d0afa61cdd79c5dcb5e4325aaa6dcdf9cf6dacb69be', status: 'optimal', objective: 904.999999925, relaxation: false },
  { set: 'netlib', file: 'maros.mps.gz', sha256: '43ed8085c435eb559f3bd5b006b19265027995645f8b2157aceb060f78e26036', status: 'optimal', objective: -58063.7437011, relaxation: false },
  { set: 'netlib', file: 'fit1p.mps.gz', sha256: '7312a940d24b10a1728424578bd010e46d08a81e367046c228e7c59b8967730c', status: 'optimal', objective: 9146.37809242, relaxation: false },
  { set: 'netlib', file: '25fv47.mps.gz', sha256: '4e1b96340294785ddd20fc9f902f2fd4a28761006d65c01a44820550bd4cd6da', status: 'optimal', objective: 5501.84588829, relaxation: false },
  { set: 'netlib', file: 'pilotnov.mps.gz', sha256: '22e45b15e91d3188dd185d22662d185bf44c4428f9d48c4c1e115073d62eb924', status: 'optimal', objective: -4497.27618822, relaxation: false },
  { set: 'netlib', file: 'nesm.mps.gz', sha256: '502028be26b385f47563a1490b2a74e2ffef139398aaa2bb8aa379c40d0e501a', status: 'optimal', objective: 14076036.4876, relaxation: false },
  { set: 'netlib', file: 'fit1d.mps.gz', sha256: '17ab61a846b2d97c0d1644b853bb944c0c3baf0cd69fb24f85a1339b59990ea1', status: 'optimal', objective: -9146.37809242, relaxation: false },
  { set: 'netlib', file: 'bnl2.mps.gz', sha256: '10b73c3a34ac21ef19c63b5f971c834c1c985fe91256e5d2d3aa566c9cfd984c', status: 'optimal', objective: 1811.23654036, relaxation: false },
  { set: 'netlib', file: '80bau3b.mps.gz', sha256: '4a37a7d0e91bac0c100798819a7ce36b79ad0adfc240c71bb93913bbba8b521f', status: 'optimal', objective: 987224.192409, relaxation: false },
  { set: 'netlib', file: 'degen3.mps.gz', sha256: '54184bf6c94b75d3c862d7d059ac84e956780d66e761fedfe993786e76daddc8', status: 'optimal', objective: -987.294, relaxation: false },
  { set: 'netlib', file: 'woodw.mps.gz', sha256: 'ea9559261e6413baf5097666b879aa5468405839d887f43faedc398105d53fb8', status: 'optimal', objective: 1.30447633308, relaxation: false },
  { set: 'netlib', file: 'pilot.mps.gz', sha256: '52204ecc3a1905b1cdb194af926b50833e27ba6a36b7e91abcb617b6af7e4dce', status: 'optimal', objective: -557.489729284, relaxation: false },
  { set: 'netlib', file: 'fit2p.mps.gz', sha256: 'e9484608fb358f7d6a8c351ad544ff0438c33caead9bd602a1a7fa5f9d4032fa', status: 'optimal', objective: 68464.2932938, relaxation: false },
  { set: 'netlib', file: 'wood1p.mps.gz', sha256: '61c4b1ded06f502fde2cb8a66fedf9bec295606a6e04f24c5680ba8f6ee2d289', status: 'optimal', objective: 1.44290241157, relaxation: false },
  { set: 'netlib', file: 'pilot87.mps.gz', sha256: 'cfc3f98c5cd4a9486ae3b8ac48f1d5045adf38f36e1ba8fb8aedbb8695197602', status: 'optimal', objective: 301.710347333, relaxation: false },
  { set: 'netlib', file: 'fit2d.mps.gz', sha256: 'd2dd1d3be78fb7993a6b34ed28c3bf7fffdb2cdc17e0dbff7b8aa8f61b324515', status: 'optimal', objective: -68464.2932938, relaxation: false },
  { set: 'netlib', file: 'maros-r7.mps.gz', sha256: 'f566d027f2e4356b8fbf3a1613329bbdbbafc0d02dda0e573e66f2f851398719', status: 'optimal', objective: 1497185.16648, relaxation: false },
  { set: 'highs_lp', file: 'blending.mps', sha256: '3aca63144ae6586f5b47e8cdfc75edf7fd191bae7772a6cf1be607c5a85a82bf', status: 'optimal', objective: -3200, relaxation: false },
  { set: 'highs_lp', file: 'chip.mps', sha256: '87efd5ff9e47f8a767344ed8d4e5615ab4fc58ebf0c7a59219eccd53e66238fe', status: 'optimal', objective: -900, relaxation: false },
  { set: 'highs_lp', file: 'galenet.mps', sha256: 'c0c0b157f690cafc57719a922d50065881a9e464543fd55b1e5a0fb00f77aee4', status: 'infeasible', objective: null, relaxation: false },
  { set: 'highs_lp', file: 'avgas.mps', sha256: '10d0e68381321ee9b6a22a53a33d07f7740070b0a077a78ef742a9e88eca8213', status: 'optimal', objective: -7.75, relaxation: false },
  { set: 'highs_lp', file: 'gams10am.mps', sha256: 'a5e172e8e3132e94708ec521b01173e3dd8c392cf0d214d52f4d616de3607358', status: 'infeasible', objective: null, relaxation: false },
  { set: 'highs_lp', file: 'ex72a.mps', sha256: 'd80e736ff842954a1e38157ab4eebdd57c1ec82edc3638daea1d6c5957200d7c', status: 'infeasible', objective: null, relaxation: false },
  { set: 'highs_lp', file: 'box1.mps', sha256: 'f03f33d229c115e99b047425e611151e354ccfd98b01f91c1157f8b76c314782', status: 'infeasible', objective: null, relaxation: false },
  { set: 'highs_lp', file: 'gas11.mps', sha256: '98e050ceb7f6cc9f139eb91b6c63fc6c203dcfc40b68f8eb172be86dc6cff8cf', status: 'unbounded', objective: null, relaxation: false },
  { set: 'highs_lp', file: 'bgetam.mps', sha256: '7da2e3c794c070c9084e616a2f8842117d3ea2e04d332461b5fedc8af6b34359', status: 'infeasible', objective: null, relaxation: false },
  { set: 'highs_lp', file: 'cplex1.mps', sha256: '533e59086623e2a4893d8aa43505cefd378649e8efd7a3a4fae53a2444896c75', status: 'infeasible', objective: null, relaxation: false },
  { set: 'highs_mip', file: 'flugpl.mps', sha256: 'ed4b1fcb07d26b513027721d61344c2c4371cb506bf66098df328047c183b0c0', status: 'optimal', objective: 1167185.72559, relaxation: true },
  { set: 'highs_mip', file: 'egout.mps', sha256: '351ed046eb56e07662b3c2dba35800f5d2cee3fac18c1bd7fbc8dea4a0dcd8db', status: 'optimal', objective: 149.58876622, relaxation: true },
  { set: 'highs_mip', file: 'lseu.mps', sha256: '00416576ed4adac15b62b1982cb7be9d7dcb2d6505067dd8396183ff1eac3dab', status: 'optimal', objective: 834.682352941, relaxation: true },
  { set: 'highs_mip', file: 'sp150x300d.mps', sha256: '339aa4411ef126df72dc66718090fc6915debdc44d732a0f0be903310e52cf4a', status: 'optimal', objective: 4.89111183995, relaxation: true },
  { set: 'highs_mip', file: 'p0548.mps', sha256: '81fa3fb1e071cac0b72649c38196c18bca7ff6d7f2f6639776dcb0daf6bcab15', status: 'optimal', objective: 315.254901961, relaxation: true },
  { set: 'miplib3', file: 'p0033.mps.gz', sha256: '815a50e5129884f15817deb9642fec1be4784d6ed58c71f72dd545a27b96e072', status: 'optimal', objective: 2520.57173913, relaxation: true },
  { set: 'miplib3', file: 'enigma.mps.gz', sha256: '2cd57ad9c0b32b6b13a91c6c61211a00cbf47568bb8f0da01f969c1442c503dc', status: 'optimal', objective: 0, relaxation: true },
  { set: 'miplib3', file: 'stein27.mps.gz', sha256: 'fea07a38e2eed889ef4c6a8d6fee2ae2c63b09c1c9b9fe1d066498b1aaecb941', status: 'optimal', objective: 13, relaxation: true },
  { set: 'miplib3', file: 'stein45.mps.gz', sha256: 'ae20a108ca34d80e85f7f754c95a53581c2b38471564784cfd571481b10065a2', status: 'optimal', objective: 22, relaxation: true },
  { set: 'miplib3', file: 'mod008.mps.gz', sha256: '71e4592509bcdfccdb57df170cf6ce04fb40eec0262a8fa3fa7b3afe5474ca43', status: 'optimal', objective: 290.931072715, relaxation: true },
  { set: 'miplib3', file: 'fixnet6.mps.gz', sha256: 'b849e412984a3be161d7bfdf268df16291196cc315ca5b878450d308e5f96c19', status: 'optimal', objective: 1200.884, relaxation: true },
  { set: 'miplib3', file: 'p0201.mps.gz', sha256: '375733347f3fe1e4e67480da43b72c6a4992c26e0c576d83136dcff8382208ee', status: 'optimal', objective: 6875, relaxation: true },
  { set: 'miplib3', file: 'p0282.mps.gz', sha256: 'bb13533196905571395d406c985993b9b0bdb7a07474b5d1dc3cabb6961992d1', status: 'optimal', objective: 176867.503349, relaxation: true },
  { set: 'miplib3', file: 'misc03.mps.gz', sha256: 'c5506404d8e1036dcad892baa7e0a5aae56ebc952449352cd5038db3a9c11587', status: 'optimal', objective: 1910, relaxation: true },
  { set: 'miplib3', file: 'misc07.mps.gz', sha256: '7ca9864827e3d0f7e890e68676ef2b4a65f370567b64a32fde89452e0db22c8f', status: 'optimal', objective: 1415, relaxation: true },
];
